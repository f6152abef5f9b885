import * as grpc from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { EngineService } from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import { ResourceMonitorService } from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import resource from '@pulumi/pulumi/proto/resource_pb.js';
import type { FakeEngine } from './fake-engine.ts';

/** The other end of a running program's connection. */
export interface Monitor extends Disposable {
  address: string;
  /** What failed: registrations that were refused, and errors that the program logged. */
  errors: string[];
}

/**
 * Serves Pulumi's ResourceMonitor and Engine on a free loopback port. A method that is left out
 * answers UNIMPLEMENTED, and so fails the program that needs it.
 *
 * https://github.com/pulumi/pulumi/tree/master/proto/pulumi
 */
export async function startMonitor(fake: FakeEngine): Promise<Monitor> {
  const errors: string[] = [];
  const server = new grpc.Server();

  /** A method that answers what `answer` does, and whose failure fails the run. */
  const method =
    <Request, Response>(
      answer: (request: Request) => Response | Promise<Response>,
    ): grpc.handleUnaryCall<Request, Response> =>
    (call, callback) => {
      Promise.resolve(call.request)
        .then(answer)
        .then(
          (response) => callback(null, response),
          (error: Error) => {
            errors.push(error.message);
            callback({ code: grpc.status.UNKNOWN, details: error.message });
          },
        );
    };

  server.addService(ResourceMonitorService, {
    getDeploymentInfo: method(() => {
      const { ResourceMonitorFeature: Feature } = resource;
      const info = new resource.DeploymentInfo();
      // Without RESOURCE_REFERENCES the SDK sends the id of a resource that is given as an input.
      info.setSupportedfeaturesList([
        Feature.RESOURCE_MONITOR_FEATURE_SECRETS,
        Feature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
        Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
        Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
        Feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
      ]);
      return info;
    }),
    registerResource: method((request: resource.RegisterResourceRequest) => fake.register(request)),
    registerResourceOutputs: method((request: resource.RegisterResourceOutputsRequest) => {
      fake.registerOutputs(request);
      return new empty.Empty();
    }),
    invoke: method((request: resource.ResourceInvokeRequest) => fake.invoke(request)),
    signalAndWaitForShutdown: method(() => new empty.Empty()),
  });

  server.addService(EngineService, {
    log: method((request: engine.LogRequest) => {
      if (request.getSeverity() === engine.LogSeverity.ERROR) errors.push(request.getMessage());
      return new empty.Empty();
    }),
    setRootResource: method(() => new engine.SetRootResourceResponse()),
  });

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    errors,
    [Symbol.dispose]: () => server.forceShutdown(),
  };
}

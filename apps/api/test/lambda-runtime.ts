/** Stands in for Lambda's runtime: loads the bundle that it is told, then answers events. */
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;

try {
  const { handler } = (await import(process.argv[2] ?? '')) as { handler: Handler };
  process.on('message', (event: APIGatewayProxyEventV2) => {
    void handler(event, {} as Context).then((answer) => process.send?.(answer));
  });
  process.once('disconnect', () => process.exit());
  process.send?.({ type: handler.constructor.name, parameters: handler.length });
} catch (error) {
  // What Lambda logs of an error at load.
  const { name, message } = error as Error;
  console.error(JSON.stringify({ errorType: name, errorMessage: message }));
  process.exit(1);
}

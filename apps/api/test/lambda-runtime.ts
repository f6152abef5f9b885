/** Stands in for Lambda's runtime: loads the bundle that it is told, then answers events. */
import type { Context } from 'aws-lambda';

type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** An error as Lambda tells it to whoever invoked the function. */
export interface ReportedError {
  errorType: string;
  errorMessage: string;
}

/** What becomes of an event. */
export type Outcome = { answer: unknown } | { error: ReportedError };

function report(error: unknown): ReportedError {
  const { name, message } = error as Error;
  return { errorType: name, errorMessage: message };
}

try {
  const { handler } = (await import(process.argv[2] ?? '')) as { handler: Handler };
  process.on('message', (event: unknown) => {
    const tell = (outcome: Outcome) => process.send?.(outcome);
    handler(event, {} as Context).then(
      (answer) => tell({ answer }),
      (error: unknown) => tell({ error: report(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
  process.send?.({ type: handler.constructor.name, parameters: handler.length });
} catch (error) {
  // What Lambda logs of an error at load.
  console.error(JSON.stringify(report(error)));
  process.exit(1);
}

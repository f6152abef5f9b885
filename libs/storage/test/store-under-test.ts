import { stripVTControlCharacters } from 'node:util';
import type { ClientOptions, MetadataStore, ObjectStore, StoreClients } from '../src/index.ts';

/** A running S3 and DynamoDB, started for one run of the suite. */
export interface StoreUnderTest {
  /** How to reach it. Both endpoints are named, for some cases put a broken line before them. */
  clients: ClientOptions & { s3Endpoint: string; dynamodbEndpoint: string };
  /** A bucket that exists. The suite makes its own table. */
  bucket: string;
  stop: () => Promise<void>;
}

/** What every case is given. It is filled before the first case runs. */
export interface Given {
  store: StoreUnderTest;
  clients: StoreClients;
  table: string;
  objects: ObjectStore;
  metadata: MetadataStore;
}

/** Declares one case; like jest's `test`, but it knows where the store differs from AWS. */
export type Case = (sentence: string, run: () => Promise<void>) => void;

/**
 * Where a store behaves otherwise than AWS: the sentence of a case, why it does not hold there, and
 * what the case fails with instead. Such a case still runs, and turns red once the store behaves.
 */
export type Differences = Readonly<Record<string, { because: string; failsWith: RegExp }>>;

/** Declares cases for a store, and checks that each of its differences belongs to a case. */
export function casesWith(differences: Differences) {
  const unused = new Set(Object.keys(differences));
  const declare: Case = (sentence, run) => {
    const difference = differences[sentence];
    if (!difference) return test(sentence, run);
    unused.delete(sentence);
    test(`${sentence} (not here: ${difference.because})`, async () => {
      const failure = await run().then(
        () => 'none: the store behaves as AWS does',
        (error: Error) => stripVTControlCharacters(error.message),
      );
      expect(failure).toMatch(difference.failsWith);
    });
  };
  return {
    declare,
    assertAllUsed: () => {
      if (unused.size > 0) throw new Error(`No such case: ${[...unused].join('; ')}`);
    },
  };
}

import { randomUUID } from 'node:crypto';
import {
  createClients,
  createMetadataStore,
  createObjectStore,
  ensureMetadataTable,
} from '../src/index.ts';
import { bucketCorsCases } from './bucket-cors-cases.ts';
import { historyCases } from './history-cases.ts';
import { listingCases } from './listing-cases.ts';
import { lostAnswerCases } from './lost-answer-cases.ts';
import { metadataCases } from './metadata-cases.ts';
import { multipartCases } from './multipart-cases.ts';
import { objectCases } from './object-cases.ts';
import { presignedCases } from './presigned-cases.ts';
import { presignedFormCases } from './presigned-form-cases.ts';
import { stagedCases } from './staged-cases.ts';
import {
  casesWith,
  type Differences,
  type Given,
  type StoreUnderTest,
} from './store-under-test.ts';

export type { Differences, StoreUnderTest } from './store-under-test.ts';

/**
 * Everything this library promises, against one store. The library has one implementation, so what
 * the suite tells apart is the stores: all of them have to pass for it.
 *
 * @param start runs once, before the first case
 */
export function storageSuite(
  name: string,
  start: () => Promise<StoreUnderTest>,
  differences: Differences = {},
): void {
  describe(name, () => {
    /** Filled below; when that fails, only in part. */
    const given = {} as Given;

    beforeAll(async () => {
      given.store = await start();
      given.clients = createClients(given.store.clients);
      const { s3, dynamodb } = given.clients;
      given.table = `files-${randomUUID()}`;
      await ensureMetadataTable(dynamodb, given.table);
      given.objects = createObjectStore({ s3, bucket: given.store.bucket });
      given.metadata = createMetadataStore({ dynamodb, table: given.table });
    });

    afterAll(async () => {
      given.clients?.destroy();
      await given.store?.stop();
    });

    const { declare, assertAllUsed } = casesWith(differences);
    describe('an object', () => objectCases(given, declare));
    describe('a stream', () => stagedCases(given, declare));
    describe('a multipart upload', () => multipartCases(given, declare));
    describe('a presigned request', () => presignedCases(given, declare));
    describe('a presigned form', () => presignedFormCases(given, declare));
    describe('the bucket', () => bucketCorsCases(given, declare));
    describe('metadata', () => metadataCases(given, declare));
    describe('the history of a file', () => historyCases(given, declare));
    describe('a listing', () => listingCases(given, declare));
    describe('a lost answer', () => lostAnswerCases(given, declare));
    assertAllUsed();
  });
}

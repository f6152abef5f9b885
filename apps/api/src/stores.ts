import {
  createClients,
  createMetadataStore,
  createObjectStore,
  type ClientOptions,
  type StoreClients,
} from '@file-upload/storage';
import type { Stores } from '@file-upload/workflow';

/** Makes the stores on the clients of one account, or of what stands in for one. */
export function createStores(
  options: ClientOptions & { bucket: string; table: string },
): Stores & { clients: StoreClients } {
  const clients = createClients(options);
  return {
    clients,
    objects: createObjectStore({ s3: clients.s3, bucket: options.bucket }),
    metadata: createMetadataStore({ dynamodb: clients.dynamodb, table: options.table }),
  };
}

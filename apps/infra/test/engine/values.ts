import {
  specialArchiveSig,
  specialAssetSig,
  specialOutputValueSig,
  specialSecretSig,
  specialSigKey,
  unknownValue,
} from '@pulumi/pulumi/runtime/rpc.js';
import struct, { type Struct } from 'google-protobuf/google/protobuf/struct_pb.js';
import { UNKNOWN } from './topology.ts';

/**
 * A value of Pulumi's wire format in its plain form: see `inputs` of a Resource.
 *
 * @throws Error on text that was made from a missing value (`arn:aws:s3:::undefined`), which
 *   Pulumi lets pass
 */
export function plain(value: unknown): unknown {
  if (value === unknownValue) return UNKNOWN;
  if (typeof value === 'string' && /\bundefined\b|\[object |\bNaN\b/.test(value)) {
    throw new Error(`text made from a missing value: ${value}`);
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { [specialSigKey]: signature, ...fields } = value as Record<string, unknown>;
  switch (signature) {
    case undefined:
      return plainProperties(fields);
    case specialSecretSig:
      return plain(fields.value);
    case specialOutputValueSig:
      return 'value' in fields ? plain(fields.value) : UNKNOWN;
    case specialAssetSig:
      return { asset: fields.path ?? fields.uri ?? fields.text };
    case specialArchiveSig:
      return { archive: fields.path ?? fields.uri ?? plain(fields.assets) };
    default:
      throw new Error(`a value with the unknown signature ${String(signature)}`);
  }
}

/** Whether a value of Pulumi's wire format is a secret, or has one in it. */
export function isSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { [specialSigKey]: signature, secret } = value as Record<string, unknown>;
  if (signature === specialSecretSig) return true;
  if (signature === specialOutputValueSig && secret === true) return true;
  return Object.values(value).some(isSecret);
}

/** Each property in its plain form. */
export function plainProperties(properties: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, plain(value)]));
}

/** Properties in Pulumi's wire format, out of what JSON can hold and UNKNOWN. */
export function wire(properties: Record<string, unknown>): Struct {
  const json = JSON.stringify(properties, (_, value: unknown) =>
    value === UNKNOWN ? unknownValue : value,
  );
  return struct.Struct.fromJavaScript(JSON.parse(json) as Record<string, object>);
}

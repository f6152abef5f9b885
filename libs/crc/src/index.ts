export { combineCrcs, type Crc } from './combine.ts';
export { createCrc64Nvme, CRC64NVME, type RunningCrc } from './crc64nvme.ts';

export interface PanelCounts {
  files: number;
  sent: number;
  failed: number;
}

type Words = Record<string, string | Record<number, string>>;

/**
 * What the panel says where Uppy's own words would be wrong: it counts failed files among those it
 * uploads.
 */
export function panelWords({ files, sent, failed }: PanelCounts): Words {
  if (failed === 0) return {};
  const error = `${failed} of ${files} ${files === 1 ? 'file' : 'files'} failed`;
  const going = files - sent - failed;
  const uploading = going > 0 ? `Uploading ${going}, ${failed} failed` : error;
  return { error, uploadingXFiles: { 0: uploading, 1: uploading } };
}

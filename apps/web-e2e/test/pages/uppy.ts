import AwsS3, { type AwsS3Options } from '@uppy/aws-s3';
import Uppy, { type Body, type Meta } from '@uppy/core';

/** What became of a file. */
export interface Outcome {
  name: string | undefined;
  /** What Uppy says that the file is found under. */
  url: string | undefined;
  error: string | undefined;
}

declare global {
  interface Window {
    uppy: Uppy;
    startUppy: (options: object) => string;
    uploadWithUppy: () => Promise<Outcome[]>;
  }
}

/**
 * Makes an Uppy as its documentation says, with nothing but these options of `@uppy/aws-s3`, whose
 * version it answers.
 */
window.startUppy = (options) => {
  window.uppy = new Uppy();
  // The two versions that are installed name the service differently.
  window.uppy.use(AwsS3, options as AwsS3Options<Meta, Body>);
  return AwsS3.VERSION;
};

/** Uploads what was chosen on this page. */
window.uploadWithUppy = async () => {
  const { uppy } = window;
  for (const data of document.querySelector('input')?.files ?? []) {
    uppy.addFile({ name: data.name, type: data.type, data });
  }
  const result = await uppy.upload();
  return [...(result?.successful ?? []), ...(result?.failed ?? [])].map((file) => ({
    name: file.name,
    url: file.uploadURL,
    error: file.error ?? undefined,
  }));
};

/** What the program sets and a deployment onto MiniStack leaves out. */
export interface Gap {
  type: string;
  /** An input of the resource, with all its parts; the whole resource if not given. */
  input?: string;
  reason: string;
}

export const GAPS: readonly Gap[] = [
  {
    type: 'aws:kms/key:Key',
    input: 'deletionWindowInDays',
    reason: 'only says what happens to the key when the stack is destroyed',
  },
  {
    type: 'aws:s3/bucket:Bucket',
    input: 'forceDestroy',
    reason: 'only says what happens to the bucket when the stack is destroyed',
  },
];

/** What MiniStack takes and does not act upon: other tests have to show that it is right. */
export const NOT_ENFORCED: readonly string[] = [];

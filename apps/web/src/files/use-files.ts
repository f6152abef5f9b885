import { useEffect, useState } from 'preact/hooks';
import type { FilesModel, FilesState } from './files-model.ts';

/** The state of the model, as it changes. */
export function useFiles(model: FilesModel): FilesState {
  const [state, setState] = useState(model.state);
  useEffect(() => model.subscribe(() => setState(model.state)), [model]);
  return state;
}

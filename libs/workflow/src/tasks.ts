import { AppError } from '@file-upload/shared-types';
import type { FileRow, StoredObject } from '@file-upload/storage';
import { Check } from 'typebox/schema';
import { adoptObject, findFile, type Stores } from './adopt-object.ts';
import { TASK_NAMES, type TaskCall, type TaskName } from './definition.ts';
import { examineFile, type FileRules, type Finding } from './examine-file.ts';
import { eventNameOf, notificationOf, type Notification } from './notification.ts';
import { ObjectCreated } from './object-created.ts';
import { acceptFile, rejectFile, type ExaminedObject } from './settle-file.ts';
import { takeIncoming } from './take-incoming.ts';

export interface WorkflowOptions extends Stores {
  rules: FileRules;
  /** The URL that callers reach the service under, without a slash at its end. */
  baseUrl: () => string;
}

/** The state that goes through the state machine: the event, and what the tasks learned. */
interface State extends ObjectCreated {
  validation?: Validation;
  notification?: Notification | { event: 'none' };
  /** How often sending the notification was tried again. */
  sent?: { retries: number };
  /** What Step Functions says of a fault that outlasted its retries. */
  failure?: { Error?: string };
}

type Validation =
  | (Finding & {
      file_id: string;
      object: ExaminedObject | null;
      /** How often this examination was tried again. */
      retries: number;
    })
  /** There is nothing to do, and why. */
  | { status: 'NONE'; reason: string };

/** Another event than the state machine's: sent by mistake. */
export class UnknownTaskError extends Error {
  override readonly name = 'UnknownTask';
}

/** A fault, by a name that `Retry` and `Catch` see. */
class TaskFault extends Error {
  constructor(cause: AppError) {
    super(cause.message, { cause });
    this.name = cause.code
      .toLowerCase()
      .replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }
}

/** Whether an event is a call of one of the state machine's tasks. */
export function isTaskCall(event: unknown): event is TaskCall {
  const { task, input } = (event ?? {}) as Partial<TaskCall>;
  return TASK_NAMES.includes(task as TaskName) && Check(ObjectCreated, input);
}

/**
 * The tasks of the state machine. Every one may run twice, at the same time too. What is wrong with
 * a file they return; what they throw is a fault, named for `Retry` and `Catch`.
 */
export function createTasks(options: WorkflowOptions) {
  const { objects, metadata, rules, baseUrl } = options;

  const tasks: Record<TaskName, (state: State, retries: number) => Promise<State>> = {
    async ValidateFile(state, retries) {
      return { ...state, validation: await validate(state, retries) };
    },

    async ProcessFile(state, retries) {
      const { validation } = state;
      if (validation?.status !== 'VALID' || !validation.object)
        throw new UnknownTaskError('ProcessFile follows ValidateFile.');
      const row = await metadata.get(validation.file_id);
      const accepted =
        row &&
        (await acceptFile(
          options,
          row,
          validation.object,
          validation,
          validation.retries + retries,
        ));
      return announced(state, accepted);
    },

    async RejectFile(state, retries) {
      const { validation } = state;
      if (validation?.status !== 'INVALID')
        throw new UnknownTaskError('RejectFile follows ValidateFile.');
      const row = await metadata.get(validation.file_id);
      const rejected =
        row && (await rejectFile(options, row, validation, validation.retries + retries));
      return announced(state, rejected);
    },

    async RecordNotified(state, retries) {
      const { notification, sent } = state;
      if (notification && notification.event !== 'none') {
        const { file_id } = notification;
        await metadata.recordNotified(file_id, notification, (sent?.retries ?? 0) + retries);
      }
      return state;
    },

    async RecordFailure(state) {
      const { fileId } = await findFile(metadata, state.detail.object.key);
      // The cause may tell of the inside: it is in the log.
      const code = /^[\w.]{1,80}$/.exec(state.failure?.Error ?? '')?.[0] ?? 'Unknown';
      const message =
        'A fault outlasted its retries. The file is stored; its examination is not done.';
      await metadata.recordFailure(fileId, { code, message });
      return state;
    },
  };

  /** Finds the file of an event, and examines it unless there is nothing to do. */
  async function validate(event: ObjectCreated, retries: number): Promise<Validation> {
    const { key, 'version-id': version } = event.detail.object;
    const object = await objects.head(key);
    const none = (reason: string) => ({ status: 'NONE' as const, reason });
    if (object && (await takeIncoming(objects, object, version))) {
      return none('It became the object of its file, which has an event of its own.');
    }
    if (object && isSuperseded(event, object)) return none('A newer object has taken its place.');
    if (key.endsWith('/')) return none('A folder is no file.');

    // Read after the object: a deletion hides the row before it removes the object.
    const { fileId, row: found } = await findFile(metadata, key, object?.description);
    const isKnown = found && found.validation_status !== 'PENDING';
    const row = isKnown || !object ? found : await adoptObject(options, object, fileId);
    if (!row || row.validation_status === 'PENDING')
      return none('There is no such file, or it is being deleted.');

    const finding = await examineFile(objects, rules, row, object);
    const isOld =
      row.validation_status === finding.status && row.announced === eventNameOf(finding.status);
    if (isOld) return none('The file was announced before.');
    return { ...finding, file_id: fileId, object: object ? pickExamined(object) : null, retries };
  }

  /** The state with what is to be announced: nothing of a file that is being deleted. */
  function announced(state: State, row: FileRow | undefined): State {
    const { validation } = state;
    if (!row || !validation || validation.status === 'NONE')
      return { ...state, notification: { event: 'none' } };
    const etag = validation.object?.etag ?? '';
    return { ...state, notification: notificationOf(row, validation.status, etag, baseUrl()) };
  }

  /**
   * Runs a task.
   *
   * @throws UnknownTaskError, and faults under the PascalCase form of their code, such as
   *   `StoreUnavailable`
   */
  return async function runTask({ task, input, retries }: TaskCall): Promise<unknown> {
    try {
      return await tasks[task](input as State, retries);
    } catch (error) {
      throw error instanceof AppError ? new TaskFault(error) : error;
    }
  };
}

/** Whether the event tells of an object that another one has replaced since, which has its own event. */
function isSuperseded({ detail }: ObjectCreated, object: StoredObject): boolean {
  const { 'version-id': version, etag } = detail.object;
  if (version !== undefined && object.versionId !== undefined) return version !== object.versionId;
  return etag.replaceAll('"', '') !== object.etag.replaceAll('"', '');
}

function pickExamined({ key, size, etag, versionId }: StoredObject): ExaminedObject {
  return { key, size, etag, versionId };
}

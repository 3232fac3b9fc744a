/** Why a container or sandbox did not start, in the words of a container's `state.waiting`. */
export type StartErrorReason =
  | 'CreateContainerConfigError'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'PreCreateHookError'
  | 'PostStartHookError'
  | 'ErrImagePull'
  | 'ImagePullBackOff'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'ImageInspectError'
  | 'CreatePodSandboxError'
  | 'FailedMount';

export class StartError extends Error {
  readonly reason: StartErrorReason;
  /** When it makes sense to try again, where that is known. */
  readonly retryAt: Date | undefined;
  constructor(reason: StartErrorReason, message: string, rest: { retryAt?: Date; cause?: unknown } = {}) {
    super(message, { cause: rest.cause });
    this.name = 'StartError';
    this.reason = reason;
    this.retryAt = rest.retryAt;
  }
}

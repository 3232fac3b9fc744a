/**
 * securityContext of pod and container, merged into what a runtime understands: the container's word goes first.
 * Pure; what may not run is an error with Kubernetes' own words.
 */
import type { Container, Pod } from '@mkube/api';
import type { Image, SecurityContext } from '@mkube/runtime';
import { describePod } from './spec.ts';
import { StartError } from './start-error.ts';

export function securityOf(pod: Pod, container: Container, image: Image): SecurityContext {
  const ofPod = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? ofPod.runAsUser;
  const runAsGroup = own.runAsGroup ?? ofPod.runAsGroup;
  if (own.runAsNonRoot ?? ofPod.runAsNonRoot) refuseRoot(pod, container, runAsUser, image);
  const fsGroup = ofPod.fsGroup;
  return {
    privileged: own.privileged ?? false,
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    supplementalGroups: [...(ofPod.supplementalGroups ?? []), ...(fsGroup === undefined ? [] : [fsGroup])],
    readOnlyRootfs: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    seccomp: seccompOf(own.seccompProfile ?? ofPod.seccompProfile),
    ...(own.procMount === 'Unmasked' && { maskedPaths: [], readonlyPaths: [] }),
  };
}

function seccompOf(profile: NonNullable<Container['securityContext']>['seccompProfile']): SecurityContext['seccomp'] {
  switch (profile?.type) {
    case 'RuntimeDefault':
      return 'runtime/default';
    case 'Localhost':
      return { localhostProfile: profile.localhostProfile ?? '' };
    case 'Unconfined':
    case undefined:
      return 'unconfined';
  }
}

function refuseRoot(pod: Pod, container: Container, runAsUser: number | undefined, image: Image): void {
  const where = `(pod: "${describePod(pod)}", container: ${container.name})`;
  if (runAsUser === 0) {
    throw new StartError('CreateContainerConfigError', `container's runAsUser breaks non-root policy ${where}`);
  }
  if (runAsUser !== undefined) return;
  if (image.uid === 0 || (image.uid === undefined && !image.username)) {
    throw new StartError(
      'CreateContainerConfigError',
      `container has runAsNonRoot and image will run as root ${where}`,
    );
  }
  if (image.uid === undefined) {
    const why = `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root`;
    throw new StartError('CreateContainerConfigError', `${why} ${where}`);
  }
}

/**
 * securityContext of pod and container, merged into what a runtime understands: the container's word goes first.
 * Pure; what may not run is an error with Kubernetes' own words.
 */
import type { Container, Pod } from '@mkube/api';
import type { Image, SecurityContext } from '@mkube/runtime';
import { below } from '../paths.ts';
import { describePod } from './spec.ts';
import { StartError } from './start-error.ts';

export interface SecurityNode {
  /** Profiles of the node's own are files below it. */
  seccompRoot: string;
  /** Who says nothing gets the runtime's profile. */
  seccompDefault: boolean;
}

export function securityOf(
  pod: Pod,
  container: Container,
  { image, node }: { image: Image; node: SecurityNode },
): SecurityContext {
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
    ...(ofPod.supplementalGroupsPolicy === 'Strict' && { strictGroups: true }),
    supplementalGroups: [...(ofPod.supplementalGroups ?? []), ...(fsGroup === undefined ? [] : [fsGroup])],
    readOnlyRootfs: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    seccomp: seccompOf(own.seccompProfile ?? ofPod.seccompProfile, node),
    ...appArmorOf(own.appArmorProfile ?? ofPod.appArmorProfile),
    ...(own.procMount === 'Unmasked' && { maskedPaths: [], readonlyPaths: [] }),
  };
}

type ContainerSecurity = NonNullable<Container['securityContext']>;

function appArmorOf(profile: ContainerSecurity['appArmorProfile']): { apparmorProfile?: string } {
  return profile?.type === 'Localhost' ? { apparmorProfile: profile.localhostProfile ?? '' } : {};
}

function seccompOf(
  profile: ContainerSecurity['seccompProfile'],
  { seccompRoot, seccompDefault }: SecurityNode,
): SecurityContext['seccomp'] {
  switch (profile?.type) {
    case 'RuntimeDefault':
      return 'runtime/default';
    case 'Localhost':
      return { localhostProfile: below(seccompRoot, profile.localhostProfile ?? '') };
    case 'Unconfined':
      return 'unconfined';
    case undefined:
      return seccompDefault ? 'runtime/default' : 'unconfined';
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

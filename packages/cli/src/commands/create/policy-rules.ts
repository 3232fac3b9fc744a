/** Rules of RBAC out of the words of a command line: resources as users name them, grouped by API group. */
import { CommandError, type Io } from '../../io.ts';
import type { ResourceMapper } from '../../mapper.ts';
import type { Session } from '../../session.ts';

const VERBS = new Set(
  '* get delete list create update patch watch proxy deletecollection use bind escalate impersonate'.split(' '),
);
/** Verbs that mean something only for these. */
const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  bind: ['roles.rbac.authorization.k8s.io', 'clusterroles.rbac.authorization.k8s.io'],
  escalate: ['roles.rbac.authorization.k8s.io', 'clusterroles.rbac.authorization.k8s.io'],
  impersonate: ['users', 'serviceaccounts', 'groups', 'userextras.authentication.k8s.io'],
};

interface Words {
  verbs: string[];
  resources: string[];
  names: string[];
  urls?: string[];
  io: Io;
  session: Session;
}

interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

export async function policyRules({ verbs, resources, names, urls, io, session }: Words): Promise<PolicyRule[]> {
  if (verbs.length === 0) throw new CommandError('at least one verb must be specified');
  if (resources.length === 0 && !urls?.length)
    throw new CommandError(
      urls ? 'one of resource or nonResourceURL must be specified' : 'at least one resource must be specified',
    );
  const all = verbs.includes('*') ? ['*'] : verbs;
  if (resources.length > 0)
    for (const verb of all) if (!VERBS.has(verb)) io.err(`Warning: '${verb}' is not a standard resource verb\n`);
  const byGroup = new Map<string, string[]>();
  for (const word of resources.includes('*') ? ['*'] : resources) {
    const { group, resource } = await resourceOf(await session.mapper(), word, all);
    const known = byGroup.get(group) ?? [];
    byGroup.set(group, known.includes(resource) ? known : [...known, resource]);
  }
  return [
    ...[...byGroup]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([group, of]) => ({
        verbs: all,
        apiGroups: [group],
        resources: of,
        ...(names.length > 0 && { resourceNames: [...new Set(names)] }),
      })),
    ...(urls?.length ? [{ verbs: all, nonResourceURLs: urls }] : []),
  ];
}

/** 'deploy/scale' to deployments/scale in apps; '*' is every resource of a group. */
async function resourceOf(
  mapper: ResourceMapper,
  word: string,
  verbs: readonly string[],
): Promise<{ group: string; resource: string }> {
  const [type = '', subresource] = word.split(/\/(.*)/s);
  const [name = '', group = ''] = type.split(/\.(.*)/s);
  const suffix = subresource ? `/${subresource}` : '';
  if (name === '') throw new CommandError('resource must be specified if apiGroup/subresource specified');
  if (name === '*') return { group, resource: `*${suffix}` };
  const special = verbs.filter((v) => SPECIAL[v]);
  const found = await mapper.byName(type).catch((error: unknown) => {
    if (special.some((v) => SPECIAL[v]?.includes(type))) return { group, resource: name };
    throw error;
  });
  const known = found.group ? `${found.resource}.${found.group}` : found.resource;
  const wrong = special.find((v) => !SPECIAL[v]?.includes(known));
  if (wrong !== undefined)
    throw new CommandError(`can not perform '${wrong}' on '${found.resource}' in group '${found.group}'`);
  return { group: found.group, resource: found.resource + suffix };
}

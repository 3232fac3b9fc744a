/** kubectl create clusterrole: as role, and URLs that are no resources, and roles made of other roles. */
import { createCommand, wordsOf } from '../../create-command.ts';
import { list, text } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { policyRules } from './policy-rules.ts';

const URL_VERBS = new Set(['*', 'get', 'post', 'put', 'delete', 'patch', 'head', 'options']);

export const command = createCommand({
  name: 'clusterrole',
  usage: '--verb=verb --resource=resource.group [--resource-name=resourcename]',
  summary: 'Create a cluster role.',
  examples: '  mkube create clusterrole pod-reader --verb=get,list,watch --resource=pods',
  flags: {
    verb: list('Verb that applies to the resources contained in the rule'),
    resource: list('Resource that the rule applies to'),
    'resource-name': list('Resource in the white list that the rule applies to, repeat this flag for multiple items'),
    'non-resource-url': list('A partial url that user should have access to.'),
    'aggregation-rule': text('An aggregation label selector for combining ClusterRoles.'),
  },
  async make(name, { flags, io, session }) {
    const head = { kind: 'ClusterRole', apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } };
    const [verbs, resources, urls] = [flags.verb, flags.resource, flags['non-resource-url']].map(wordsOf);
    if (flags['aggregation-rule']) {
      if ([verbs, resources, urls, flags['resource-name']].some((l) => l?.length))
        throw new CommandError(
          'aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames',
        );
      const matchLabels = Object.fromEntries(flags['aggregation-rule'].split(',').map((p) => p.split('=', 2)));
      return { ...head, rules: null, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
    }
    checkUrls(verbs ?? [], urls ?? []);
    const rules = await policyRules({
      verbs: verbs ?? [],
      resources: resources ?? [],
      names: flags['resource-name'],
      urls: urls ?? [],
      io,
      session,
    });
    return { ...head, rules };
  },
});

function checkUrls(verbs: readonly string[], urls: readonly string[]): void {
  if (urls.length === 0) return;
  const stranger = verbs.find((v) => !URL_VERBS.has(v));
  if (stranger !== undefined) throw new CommandError(`invalid verb: '${stranger}' for nonResourceURL`);
  for (const url of urls) {
    if (url === '*') continue;
    if (!url.startsWith('/')) throw new CommandError('nonResourceURL should start with /');
    if (url.slice(0, -1).includes('*'))
      throw new CommandError("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
}

/** kubectl create ingress: rules as 'host/path=service:port[,tls[=secret]]'. */
import { list, text } from '../../command.ts';
import { createCommand } from '../../create-command.ts';
import { CommandError } from '../../io.ts';

const RULE = /^(?<host>[^/,=]*)\/(?<path>[^=,]*)=(?<service>[^:,]+:[^:,]+)(?<tls>,tls(?:=(?<secret>.*))?)?$/;

interface Rule {
  host: string;
  path: string;
  service: string;
  tls: boolean;
  secret: string;
}

export const command = createCommand({
  name: 'ingress',
  usage: '--rule=host/path=service:port[,tls[=secret]]',
  summary: 'Create an ingress with the specified name.',
  examples: '  mkube create ingress simple --rule="foo.com/bar=svc1:8080,tls=my-cert"',
  flags: {
    class: text('Ingress Class to be used'),
    rule: list('Rule in format host/path=service:port[,tls=secretname].'),
    'default-backend': text('Default service for backend, in format of svcname:port'),
    annotation: list('Annotation to insert in the ingress object, in the format annotation=value'),
  },
  failure: 'failed to create ingress:',
  make(name, { flags }) {
    const fallback = flags['default-backend'];
    if (!fallback && flags.rule.length === 0)
      throw new CommandError(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      );
    const rules = flags.rule.map(parseRule);
    const annotations = Object.fromEntries(flags.annotation.map(parseAnnotation));
    if (fallback && fallback.split(':').length !== 2)
      throw new CommandError('default-backend should be in format servicename:serviceport');
    const tls = tlsOf(rules);
    return {
      kind: 'Ingress',
      apiVersion: 'networking.k8s.io/v1',
      metadata: { name, ...(flags.annotation.length > 0 && { annotations }) },
      spec: {
        ...(flags.class && { ingressClassName: flags.class }),
        ...(fallback && { defaultBackend: backendOf(fallback) }),
        ...(tls.length > 0 && { tls }),
        ...(rules.length > 0 && { rules: ingressRules(rules) }),
      },
      status: { loadBalancer: {} },
    };
  },
});

function parseRule(text: string): Rule {
  const { host = '', path = '', service = '', tls, secret = '' } = RULE.exec(text)?.groups ?? {};
  if (service === '')
    throw new CommandError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  return { host, path: `/${path}`, service, tls: tls !== undefined, secret };
}

function parseAnnotation(text: string): [string, string] {
  const [key = '', value] = text.split(/=(.*)/s);
  if (value === undefined) throw new CommandError(`annotation ${text} is invalid and should be in format key=[value]`);
  return [key, value];
}

function ingressRules(rules: readonly Rule[]): object[] {
  const byHost = new Map<string, object[]>();
  for (const { host, path, service } of rules) {
    const isPrefix = path.endsWith('*');
    const entry = {
      path: isPrefix ? path.slice(0, -1) : path,
      pathType: isPrefix ? 'Prefix' : 'Exact',
      backend: backendOf(service),
    };
    byHost.set(host, [...(byHost.get(host) ?? []), entry]);
  }
  return [...byHost].map(([host, paths]) => ({ ...(host && { host }), http: { paths } }));
}

/** Hosts that share a secret stand together; a host counts once. */
function tlsOf(rules: readonly Rule[]): { hosts?: string[]; secretName?: string }[] {
  const bySecret = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const { host, tls, secret } of rules) {
    if (!tls || seen.has(host)) continue;
    seen.add(host);
    bySecret.set(secret, [...(bySecret.get(secret) ?? []), ...(host ? [host] : [])]);
  }
  return [...bySecret]
    .filter(([secret, hosts]) => secret !== '' || hosts.length > 0)
    .map(([secretName, hosts]) => ({ ...(hosts.length > 0 && { hosts }), ...(secretName && { secretName }) }));
}

function backendOf(text: string): object {
  const [name, port = ''] = text.split(':');
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

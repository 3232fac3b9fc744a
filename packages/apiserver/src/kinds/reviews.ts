/**
 * The kinds that ask a question and are answered instead of stored: who am I, who is this token, may this user, what may I.
 */
import { BadRequest, formatTime, invalid, invalidObject } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';
import type {
  LocalSubjectAccessReview,
  PolicyRule,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  TokenReview,
} from '@mkube/api';
import { validateAdmission } from '../admission/plugin.ts';
import type { Handler, ResourceContext } from '../context.ts';
import { respondRaw } from '../encode/respond.ts';
import { decodeBody } from '../handlers/decode.ts';
import { expectedOf } from '../handlers/expected.ts';
import { withDefaults, writeOptionsOf } from '../handlers/write.ts';
import type { RequestInfo } from '../request/info.ts';
import { NO_TRANSFORMS, negotiate } from '../request/media-types.ts';
import { type User, header } from '../request/request.ts';
import { validateReview } from '../handlers/validate.ts';

/** A review: the same object with its status filled in. */
const review =
  <T extends KubernetesObject>(answer: (object: T, context: ResourceContext) => T | Promise<T>): Handler =>
  async (context) => {
    const { request, definition, warnings, server } = context;
    const media = negotiate(header(request.headers, 'accept'), { protobuf: true, transforms: NO_TRANSFORMS });
    const options = writeOptionsOf(context, 'CreateOptions');
    const body = await decodeBody(request, expectedOf(definition), { ...options, warnings });
    const object = withDefaults(body, definition);
    validateReview(object, definition);
    await validateAdmission(
      {
        operation: 'CREATE',
        definition,
        subresource: '',
        namespace: context.info.namespace,
        name: object.metadata.name ?? '',
        object,
        user: request.user,
        dryRun: options.dryRun,
        warnings,
      },
      server,
    );
    return respondRaw(await answer(object as T, context), 201, request, media);
  };

const userInfo = ({ username, uid, groups, extra }: User) => ({
  username,
  ...(uid && { uid }),
  groups: [...groups],
  ...(extra &&
    Object.keys(extra).length > 0 && { extra: Object.fromEntries(Object.entries(extra).map(([k, v]) => [k, [...v]])) }),
});

export const selfSubjectReview = review<SelfSubjectReview>((object, { request, server }) => ({
  ...object,
  metadata: { ...object.metadata, creationTimestamp: formatTime(server.clock()) },
  status: { userInfo: userInfo(request.user) },
}));

export const tokenReview = review<TokenReview>(async (object, { server }) => {
  const { token, audiences } = object.spec;
  if (!token) throw new BadRequest('token is required for TokenReview in authentication');
  const identity = await server.accounts.identify(token, audiences?.length ? audiences : undefined);
  if (!identity) return { ...object, status: { user: {}, error: 'invalid bearer token' } } as TokenReview;
  return {
    ...object,
    status: { authenticated: true, user: userInfo(identity.user), audiences: [...identity.audiences] },
  } as TokenReview;
});

type Attributes = SubjectAccessReview['spec'];

function infoOf({
  resourceAttributes: of,
  nonResourceAttributes: path,
}: Pick<Attributes, 'resourceAttributes' | 'nonResourceAttributes'>): RequestInfo {
  if (of && path) throw new BadRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  if (path) return { type: 'path', verb: path.verb ?? '', path: path.path ?? '' };
  if (!of) throw new BadRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  return {
    type: 'resource',
    verb: of.verb ?? '',
    group: of.group ?? '',
    version: of.version ?? '',
    resource: of.resource ?? '',
    subresource: of.subresource ?? '',
    namespace: of.namespace ?? '',
    name: of.name ?? '',
    rest: '',
  };
}

function decide(user: User, info: RequestInfo, { server }: ResourceContext) {
  const { allowed, denied, reason } = server.authorizer.authorize(user, info);
  return { allowed, ...(denied && { denied }), ...(reason && { reason }) };
}

function subjectOf({ user, groups, uid, extra }: Attributes): User {
  if (!user && !groups?.length) throw new BadRequest('at least one of user or group must be specified');
  return { username: user ?? '', groups: groups ?? [], ...(uid && { uid }), ...(extra && { extra }) };
}

export const selfSubjectAccessReview = review<SelfSubjectAccessReview>((object, context) => ({
  ...object,
  status: decide(context.request.user, infoOf(object.spec), context),
}));

export const subjectAccessReview = review<SubjectAccessReview>((object, context) => ({
  ...object,
  status: decide(subjectOf(object.spec), infoOf(object.spec), context),
}));

export const localSubjectAccessReview = review<LocalSubjectAccessReview>((object, context) => {
  const { namespace } = context.info;
  const asked = object.spec.resourceAttributes;
  if (!asked) throw new BadRequest('resourceAttributes is required for a LocalSubjectAccessReview');
  if (asked.namespace && asked.namespace !== namespace)
    throw invalidObject(context.definition, '', [
      invalid('spec.resourceAttributes.namespace', asked.namespace, 'must match metadata.namespace'),
    ]);
  const spec = { ...object.spec, resourceAttributes: { ...asked, namespace } };
  return { ...object, status: decide(subjectOf(spec), infoOf(spec), context) };
});

export const selfSubjectRulesReview = review<SelfSubjectRulesReview>((object, { request, server }) => {
  if (!object.spec.namespace) throw new BadRequest('no namespace on request');
  const rules = server.rulesFor(request.user, object.spec.namespace);
  const isPath = (rule: PolicyRule): boolean => (rule.nonResourceURLs ?? []).length > 0;
  return {
    ...object,
    status: {
      resourceRules: rules
        .filter((rule) => !isPath(rule))
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          apiGroups: apiGroups ?? [],
          resources: resources ?? [],
          ...(resourceNames?.length && { resourceNames }),
        })),
      nonResourceRules: rules
        .filter(isPath)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs: nonResourceURLs ?? [] })),
      incomplete: false,
    },
  };
});

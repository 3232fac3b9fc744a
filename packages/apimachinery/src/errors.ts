/**
 * The only error model of the API: a StatusError per reason, made into a Status body by the server and made again by the
 * client, so that `err instanceof NotFound` holds on both ends. Codes, reasons and messages are Kubernetes' own.
 */
import type { Status, StatusCause, StatusDetails } from './generated/meta-v1.ts';
import { type FieldError, formatFieldError } from './field-error.ts';

export class StatusError extends Error {
  readonly reason: string;
  readonly code: number;
  readonly details: StatusDetails | undefined;

  constructor(options: { reason: string; code: number; message: string; details?: StatusDetails; cause?: unknown }) {
    super(options.message, { cause: options.cause });
    this.name = new.target.name;
    this.reason = options.reason;
    this.code = options.code;
    this.details = options.details;
  }
}

type Rest = { details?: StatusDetails; cause?: unknown };
const define = (reason: string, code: number) =>
  class extends StatusError {
    constructor(message: string, rest: Rest = {}) {
      super({ reason, code, message, ...rest });
    }
  };

export class BadRequest extends define('BadRequest', 400) {}
export class Unauthorized extends define('Unauthorized', 401) {}
export class Forbidden extends define('Forbidden', 403) {}
export class NotFound extends define('NotFound', 404) {}
export class MethodNotAllowed extends define('MethodNotAllowed', 405) {}
export class NotAcceptable extends define('NotAcceptable', 406) {}
export class AlreadyExists extends define('AlreadyExists', 409) {}
export class Conflict extends define('Conflict', 409) {}
export class Expired extends define('Expired', 410) {}
export class Gone extends define('Gone', 410) {}
export class RequestEntityTooLarge extends define('RequestEntityTooLarge', 413) {}
export class UnsupportedMediaType extends define('UnsupportedMediaType', 415) {}
export class Invalid extends define('Invalid', 422) {}
export class TooManyRequests extends define('TooManyRequests', 429) {}
export class InternalError extends define('InternalError', 500) {}
export class ServiceUnavailable extends define('ServiceUnavailable', 503) {}
export class Timeout extends define('Timeout', 504) {}

const CLASSES = {
  BadRequest,
  Unauthorized,
  Forbidden,
  NotFound,
  MethodNotAllowed,
  NotAcceptable,
  AlreadyExists,
  Conflict,
  Expired,
  Gone,
  RequestEntityTooLarge,
  UnsupportedMediaType,
  Invalid,
  TooManyRequests,
  InternalError,
  ServiceUnavailable,
  Timeout,
} as const;

/** What errors say of a resource: { group: 'apps', resource: 'deployments' } is 'deployments.apps'. */
export interface ResourceName {
  group: string;
  resource: string;
}

export const groupResource = ({ group, resource }: ResourceName): string => (group ? `${resource}.${group}` : resource);

const detailsOf = (of: ResourceName, name: string): StatusDetails => ({
  ...(name && { name }),
  ...(of.group && { group: of.group }),
  kind: of.resource,
});

export const notFound = (of: ResourceName, name: string): NotFound =>
  new NotFound(`${groupResource(of)} "${name}" not found`, { details: detailsOf(of, name) });

export const alreadyExists = (of: ResourceName, name: string): AlreadyExists =>
  new AlreadyExists(`${groupResource(of)} "${name}" already exists`, { details: detailsOf(of, name) });

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export const conflict = (of: ResourceName, name: string, why = MODIFIED): Conflict =>
  new Conflict(`Operation cannot be fulfilled on ${groupResource(of)} "${name}": ${why}`, {
    details: detailsOf(of, name),
  });

export const forbiddenResource = (of: ResourceName, name: string, why: string, causes?: StatusCause[]): Forbidden =>
  new Forbidden(`${groupResource(of)}${name ? ` "${name}"` : ''} is forbidden: ${why}`, {
    details: { ...detailsOf(of, name), ...(causes && { causes }) },
  });

/** `kind` is the Kind here, as upstream has it for Invalid alone. */
export function invalidObject(
  of: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): Invalid {
  const texts = errors.map(formatFieldError);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new Invalid(`${of.group ? `${of.kind}.${of.group}` : of.kind} "${name}" is invalid: ${list}`, {
    details: {
      ...(name && { name }),
      ...(of.group && { group: of.group }),
      ...(of.kind && { kind: of.kind }),
      causes: errors.map((e) => ({ reason: e.type, message: e.message, field: e.field })),
    },
  });
}

/** The Status body of any error; what is no StatusError is a bug and says only InternalError. */
export function statusOf(error: unknown): Status {
  const known = error instanceof StatusError ? error : new InternalError('Internal error occurred');
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: known.message,
    ...(known.reason && { reason: known.reason }),
    ...(known.details && { details: known.details }),
    code: known.code,
  };
}

/** The class again, from a Status body that came over the wire. */
export function errorOfStatus(status: Partial<Status>): StatusError {
  const message = status.message ?? `the server answered ${status.code ?? 'an error'}`;
  const rest = { ...(status.details && { details: status.details }) };
  const reason = status.reason ?? '';
  if (reason in CLASSES) return new CLASSES[reason as keyof typeof CLASSES](message, rest);
  return new StatusError({ reason, code: status.code ?? 500, message, ...rest });
}

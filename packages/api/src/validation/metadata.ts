/** Labels and annotations of templates, and label selectors against them. */
import {
  type FieldError,
  type LabelSelector,
  type ObjectMeta,
  checkQualifiedName,
  forbidden,
  invalid,
  selectorOf,
  tooLong,
  validateLabelSelector,
  validateLabels,
} from '@mkube/apimachinery';

const MOST_ANNOTATIONS = 256 * 1024;

/** Keys in lower case are judged, so that case alone makes none invalid. */
export function validateAnnotations(annotations: Record<string, string> | undefined, field: string): FieldError[] {
  let size = 0;
  const faults = Object.entries(annotations ?? {}).flatMap(([key, value]) => {
    size += Buffer.byteLength(key) + Buffer.byteLength(value ?? '');
    return checkQualifiedName(key.toLowerCase()).map((fault) => invalid(field, key, fault));
  });
  return size > MOST_ANNOTATIONS ? [...faults, tooLong(field, MOST_ANNOTATIONS)] : faults;
}

/** Kubernetes names these fields without `metadata`. */
export const validateTemplateMetadata = (metadata: Partial<ObjectMeta> | undefined, field: string): FieldError[] => [
  ...validateLabels(metadata?.labels, `${field}.labels`),
  ...validateAnnotations(metadata?.annotations, `${field}.annotations`),
];

/** Of what is made by the server, which names it: labels and annotations alone. */
export const validateBareMetadata = (metadata: Partial<ObjectMeta> | undefined, field: string): FieldError[] => [
  ...validateTemplateMetadata(metadata, field),
  ...Object.keys(metadata ?? {})
    .filter((key) => key !== 'labels' && key !== 'annotations')
    .map((key) => forbidden(`${field}.${SPELLED[key] ?? key}`, 'cannot be set')),
];

/** After the names of Go. */
const SPELLED: Readonly<Record<string, string>> = { uid: 'uID' };

interface Workload {
  selector?: LabelSelector;
  template?: { metadata?: Partial<ObjectMeta> };
}

/** A workload's selector: well-formed, not empty, and matching its own template. */
export function validateWorkloadSelector(
  spec: Workload | undefined,
  { kind, ifUnreadable }: { kind: string; ifUnreadable?: string },
): FieldError[] {
  const selector = spec?.selector;
  if (!selector) return [templateMismatch(spec?.template)];
  const faults = validateLabelSelector(selector, 'spec.selector');
  const count = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length;
  if (count === 0) faults.push(invalid('spec.selector', selector, `empty selector is invalid for ${kind}`));
  else if (faults.length === 0 && !selectorOf(selector).matches(spec.template?.metadata?.labels))
    faults.push(templateMismatch(spec.template));
  else if (faults.length > 0 && ifUnreadable !== undefined)
    faults.push(invalid('spec.selector', selector, ifUnreadable));
  return faults;
}

const templateMismatch = (template: Workload['template']): FieldError =>
  invalid(
    'spec.template.metadata.labels',
    template?.metadata?.labels ?? null,
    '`selector` does not match template `labels`',
  );

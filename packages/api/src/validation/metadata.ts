/** Labels and annotations of templates, and label selectors against them. */
import {
  type FieldError,
  type LabelSelector,
  type ObjectMeta,
  checkQualifiedName,
  invalid,
  required,
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

export const validateTemplateMetadata = (metadata: Partial<ObjectMeta> | undefined, field: string): FieldError[] => [
  ...validateLabels(metadata?.labels, `${field}.labels`),
  ...validateAnnotations(metadata?.annotations, `${field}.annotations`),
];

/** The selector of a workload: given, not empty, well-formed, and matching its own template. */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined,
  template: { metadata?: Partial<ObjectMeta> } | undefined,
  kind = 'deployment',
): FieldError[] {
  if (!selector) return [required('spec.selector')];
  const faults = validateLabelSelector(selector, 'spec.selector');
  if (faults.length > 0) return faults;
  const matched = selectorOf(selector);
  if (matched.empty) return [invalid('spec.selector', selector, `empty selector is invalid for ${kind}`)];
  const labels = template?.metadata?.labels;
  return matched.matches(labels)
    ? []
    : [invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')];
}

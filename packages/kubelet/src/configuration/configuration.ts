/**
 * A KubeletConfiguration file (kubelet.config.k8s.io/v1beta1) as options of this kubelet: Kubernetes' fields, units and defaults.
 * A field that this kubelet does not know is an error, as it would do nothing. Pure, but for loading the parser.
 */
import { parseYaml } from '@mkube/apimachinery';
import type { KubeletOptions } from '../options.ts';
import { type Field, FIELDS } from './fields.ts';
import { checkConfiguration } from './validation.ts';

const API_VERSION = 'kubelet.config.k8s.io/v1beta1';
const KIND = 'KubeletConfiguration';

/** Throws with what is wrong and where. */
export async function optionsOfConfiguration(text: string): Promise<Partial<KubeletOptions>> {
  const parsed = await parseYaml(text);
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new Error(`not a ${KIND}: it has to be one document with apiVersion: ${API_VERSION} and kind: ${KIND}`);
  }
  const { apiVersion, kind, ...fields } = parsed as Record<string, unknown>;
  if (apiVersion !== API_VERSION || kind !== KIND) {
    throw new Error(`not a ${KIND}: it needs apiVersion: ${API_VERSION} and kind: ${KIND}`);
  }
  const options = Object.assign({}, ...Object.entries(fields).map(([name, value]) => optionOf(name, value)));
  checkConfiguration(fields, options as Partial<KubeletOptions>);
  return options as Partial<KubeletOptions>;
}

function optionOf(name: string, value: unknown): Partial<KubeletOptions> {
  const field: Field | undefined = FIELDS[name];
  if (!field) {
    throw new Error(`${KIND}: field ${name} is not supported here; those that are: ${Object.keys(FIELDS).join(', ')}`);
  }
  try {
    return field(value);
  } catch (cause) {
    throw new Error(`${KIND}: ${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

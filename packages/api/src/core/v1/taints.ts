/** Taints and tolerations, as the scheduler, the node lifecycle controller and the DaemonSet controller read them. */
import type { Taint, Toleration } from '../../generated/types/core-v1.ts';

export type TaintEffect = Taint['effect'];

/** An empty key with Exists tolerates everything; an empty effect tolerates all effects. */
export function toleratesTaint(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return toleration.key !== undefined && toleration.key !== '' && (toleration.value ?? '') === (taint.value ?? '');
    case 'Gt':
    case 'Lt':
      return false;
  }
}

export const tolerates = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  tolerations?.some((t) => toleratesTaint(t, taint)) ?? false;

/** The first taint of one of `effects` that nothing tolerates. */
export const untoleratedTaint = (options: {
  taints: readonly Taint[] | undefined;
  tolerations: readonly Toleration[] | undefined;
  effects: readonly string[];
}): Taint | undefined =>
  options.taints?.find((taint) => options.effects.includes(taint.effect) && !tolerates(options.tolerations, taint));

/** One taint per key and effect. */
export const isSameTaint = (a: Pick<Taint, 'key' | 'effect'>, b: Pick<Taint, 'key' | 'effect'>): boolean =>
  a.key === b.key && a.effect === b.effect;

/** The list with `taint` in it, in the place of the one it replaces; the same list where nothing changes. */
export function withTaint(taints: readonly Taint[] | undefined, taint: Taint): readonly Taint[] {
  const old = taints?.find((t) => isSameTaint(t, taint));
  if (!taints || !old) return [...(taints ?? []), taint];
  return (old.value ?? '') === (taint.value ?? '') ? taints : taints.map((t) => (t === old ? taint : t));
}

export const withoutTaint = (
  taints: readonly Taint[] | undefined,
  taint: Pick<Taint, 'key' | 'effect'>,
): readonly Taint[] => taints?.filter((t) => !isSameTaint(t, taint)) ?? [];

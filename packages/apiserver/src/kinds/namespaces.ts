/** Namespaces: a delete makes them Terminating; they go when the namespace controller has emptied them and says so by finalize. */
import { Forbidden } from '@mkube/apimachinery';
import type { Namespace } from '@mkube/api';
import type { KindHooks } from './hooks.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

export const namespaceHooks: KindHooks<Namespace> = {
  returnsDeleted: true,
  deletesPlainly: true,
  beginDelete: (namespace) => ({ ...namespace, status: { ...namespace.status, phase: 'Terminating' } }),
  mayVanish: (namespace) => (namespace.spec.finalizers ?? []).length === 0,
  checkDelete({ metadata: { name } }) {
    if (IMMORTAL.has(name))
      throw new Forbidden(`namespaces "${name}" is forbidden: this namespace may not be deleted`, {
        details: { name, kind: 'namespaces' },
      });
  },
};

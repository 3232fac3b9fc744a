import type { ClusterContext } from '../life/context.ts';
import type { ClusterState } from '../state/cluster-state.ts';
export async function loadDemoImage(_context: ClusterContext, _state: ClusterState): Promise<void> {}

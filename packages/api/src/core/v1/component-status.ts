/** ComponentStatus, v1 (deprecated): what the facts do not hold. Made up on read by the server. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ComponentStatus } from '../../generated/types/core-v1.ts';

const STATUS: Readonly<Record<string, string>> = { True: 'Healthy', False: 'Unhealthy' };

export const componentStatuses = defineResource<ComponentStatus>(facts.core.v1.ComponentStatus, {
  cells: ({ metadata, conditions }) => {
    const healthy = conditions?.find((c) => c.type === 'Healthy');
    return [metadata.name, STATUS[healthy?.status ?? ''] ?? 'Unknown', healthy?.message ?? '', healthy?.error ?? ''];
  },
});

/** The condition of a FlowSchema that says whether its priority level exists. Pure. */
import type { FlowSchema } from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';

export type Condition = NonNullable<FlowSchema['status']['conditions']>[number];

const TYPE = 'Dangling';

export function danglingOf({ spec }: FlowSchema, { exists, now }: { exists: boolean; now: Date }): Condition {
  const level = JSON.stringify(spec.priorityLevelConfiguration.name);
  return {
    type: TYPE,
    status: exists ? 'False' : 'True',
    lastTransitionTime: formatTime(now),
    reason: exists ? 'Found' : 'NotFound',
    message: `This FlowSchema references the PriorityLevelConfiguration object named ${level} ${exists ? 'and it exists' : 'but there is no such object'}`,
  };
}

/** Itself when it says so already. */
export function withCondition(schema: FlowSchema, condition: Condition): FlowSchema {
  const conditions = schema.status?.conditions ?? [];
  const now = conditions.find(({ type }) => type === TYPE);
  if (now && now.status === condition.status && now.message === condition.message) return schema;
  return { ...schema, status: { conditions: [...conditions.filter(({ type }) => type !== TYPE), condition] } };
}

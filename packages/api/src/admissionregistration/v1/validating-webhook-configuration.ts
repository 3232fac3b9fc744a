/** ValidatingWebhookConfiguration, admissionregistration.k8s.io/v1: what the facts do not hold. */
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ValidatingWebhookConfiguration } from '../../generated/types/admissionregistration-v1.ts';
import { validateWebhooks } from './webhooks.ts';

export const validatingWebhookConfigurations = defineResource<ValidatingWebhookConfiguration>(
  facts.admissionregistration.v1.ValidatingWebhookConfiguration,
  {
    inert: true,
    finalizerNames: 'qualified',
    validate: ({ webhooks }) => validateWebhooks(webhooks),
    cells: (object, now) => [object.metadata.name, (object.webhooks ?? []).length, age(object, now)],
  },
);

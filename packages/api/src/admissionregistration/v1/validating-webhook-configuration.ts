/** ValidatingWebhookConfiguration, admissionregistration.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ValidatingWebhookConfiguration } from '../../generated/types/admissionregistration-v1.ts';

export const validatingWebhookConfigurations = defineResource<ValidatingWebhookConfiguration>(
  facts.admissionregistration.v1.ValidatingWebhookConfiguration,
);

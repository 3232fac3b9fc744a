/** MutatingWebhookConfiguration, admissionregistration.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { MutatingWebhookConfiguration } from '../../generated/types/admissionregistration-v1.ts';

export const mutatingWebhookConfigurations = defineResource<MutatingWebhookConfiguration>(
  facts.admissionregistration.v1.MutatingWebhookConfiguration,
);

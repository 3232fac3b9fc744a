/** Server-side defaults of every built-in type: the rule of a type by its OpenAPI name. Declared ones are in the facts. */
import type { DefaultsSource } from '@mkube/apimachinery';
import { podDefaults } from './pods.ts';
import { otherDefaults } from './rest.ts';
import type { Rules } from './rule.ts';
import { serviceDefaults } from './services.ts';
import { workloadDefaults } from './workloads.ts';

const rules: Rules = { ...podDefaults, ...serviceDefaults, ...workloadDefaults, ...otherDefaults };

export const defaultsOf: DefaultsSource = (typeName) => rules[typeName];

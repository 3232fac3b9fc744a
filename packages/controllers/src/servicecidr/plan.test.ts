import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceCIDR } from '@mkube/api';
import { planServiceCidr } from './plan.ts';

const now = new Date('2025-01-01T12:00:00Z');
const range = (cidr: string, deletionTimestamp?: string): ServiceCIDR =>
  ({ metadata: { name: cidr, ...(deletionTimestamp && { deletionTimestamp }) }, spec: { cidrs: [cidr] } }) as never;
const plan = (serviceCidr: ServiceCIDR, addresses: string[], ...others: ServiceCIDR[]) =>
  planServiceCidr({ serviceCidr, all: [serviceCidr, ...others], addresses, now });
const going = range('10.97.0.0/16', '2025-01-01T11:59:00Z');

describe('a ServiceCIDR', () => {
  it('serves until it is deleted', () => {
    const { action, condition } = plan(range('10.97.0.0/16'), []) as { action: string; condition: { status: string } };
    assert.deepEqual([action, condition.status], ['serve', 'True']);
  });

  it('waits while an address of it is used, and says so', () => {
    const waits = plan(going, ['10.96.0.1', '10.97.0.7']) as { action: string; condition: { reason: string } };
    assert.deepEqual([waits.action, waits.condition.reason], ['wait', 'Terminating']);
  });

  it('goes when its addresses are of another range as well, unless that goes too', () => {
    assert.equal(plan(going, ['10.97.0.7'], range('10.97.0.0/24')).action, 'let go');
    assert.equal(plan(going, ['10.97.1.7'], range('10.97.0.0/24')).action, 'wait');
    assert.equal(plan(going, ['10.97.0.7'], range('10.97.0.0/24', '2025-01-01T11:59:00Z')).action, 'wait');
  });

  it('goes when it has none, after the time in which servers hear of it', () => {
    assert.equal(plan(going, ['10.96.0.1']).action, 'let go');
    assert.deepEqual(plan(range('10.97.0.0/16', '2025-01-01T11:59:56Z'), []), { action: 'wait', ms: 6000 });
    assert.equal(plan(range('fd00::/112', '2025-01-01T11:59:00Z'), ['fd00::5']).action, 'wait');
  });
});

/**
 * The part of etcd's v3 wire contract that the store speaks: services, messages and field numbers, as a protobuf descriptor.
 * Numbers are int64 on the wire and plain numbers here; revisions stay far below 2^53.
 */

type Fields = Record<string, { id: number; type: string; rule?: 'repeated' }>;

/** `'name:type=id'`, with `*` before the type of a repeated field. */
function message(...fields: string[]): { fields: Fields } {
  const parsed = fields.map((field) => {
    const [, name = '', star, type = '', id] = /^(\w+):(\*?)([\w.]+)=(\d+)$/.exec(field) ?? [];
    return [name, { id: Number(id), type, ...(star && { rule: 'repeated' as const }) }] as const;
  });
  return { fields: Object.fromEntries(parsed) };
}

const call = (requestType: string, responseType: string) => ({ requestType, responseType });
const stream = (requestType: string, responseType: string) => ({
  requestType,
  responseType,
  requestStream: true,
  responseStream: true,
});

export const etcdDescriptor = () => ({
  nested: {
    mvccpb: {
      nested: {
        KeyValue: message(
          'key:bytes=1',
          'create_revision:int64=2',
          'mod_revision:int64=3',
          'version:int64=4',
          'value:bytes=5',
        ),
        EventType: { values: { PUT: 0, DELETE: 1 } },
        Event: message('type:EventType=1', 'kv:KeyValue=2', 'prev_kv:KeyValue=3'),
      },
    },
    etcdserverpb: {
      nested: {
        KV: {
          methods: {
            Range: call('RangeRequest', 'RangeResponse'),
            Txn: call('TxnRequest', 'TxnResponse'),
            Compact: call('CompactionRequest', 'CompactionResponse'),
          },
        },
        Watch: { methods: { Watch: stream('WatchRequest', 'WatchResponse') } },
        Lease: { methods: { LeaseGrant: call('LeaseGrantRequest', 'LeaseGrantResponse') } },
        ResponseHeader: message('revision:int64=3'),
        RangeRequest: message(
          'key:bytes=1',
          'range_end:bytes=2',
          'limit:int64=3',
          'revision:int64=4',
          'count_only:bool=9',
        ),
        RangeResponse: message('header:ResponseHeader=1', 'kvs:*mvccpb.KeyValue=2', 'more:bool=3', 'count:int64=4'),
        PutRequest: message('key:bytes=1', 'value:bytes=2', 'lease:int64=3', 'prev_kv:bool=4'),
        PutResponse: message('header:ResponseHeader=1', 'prev_kv:mvccpb.KeyValue=2'),
        DeleteRangeRequest: message('key:bytes=1', 'range_end:bytes=2', 'prev_kv:bool=3'),
        DeleteRangeResponse: message('header:ResponseHeader=1', 'deleted:int64=2', 'prev_kvs:*mvccpb.KeyValue=3'),
        RequestOp: {
          ...message(
            'request_range:RangeRequest=1',
            'request_put:PutRequest=2',
            'request_delete_range:DeleteRangeRequest=3',
          ),
          oneofs: { request: { oneof: ['request_range', 'request_put', 'request_delete_range'] } },
        },
        ResponseOp: {
          ...message(
            'response_range:RangeResponse=1',
            'response_put:PutResponse=2',
            'response_delete_range:DeleteRangeResponse=3',
          ),
          oneofs: { response: { oneof: ['response_range', 'response_put', 'response_delete_range'] } },
        },
        Compare: {
          // result 0 is EQUAL, target 2 is MOD
          ...message('result:int32=1', 'target:int32=2', 'key:bytes=3', 'mod_revision:int64=6'),
          oneofs: { target_union: { oneof: ['mod_revision'] } },
        },
        TxnRequest: message('compare:*Compare=1', 'success:*RequestOp=2', 'failure:*RequestOp=3'),
        TxnResponse: message('header:ResponseHeader=1', 'succeeded:bool=2', 'responses:*ResponseOp=3'),
        CompactionRequest: message('revision:int64=1', 'physical:bool=2'),
        CompactionResponse: message('header:ResponseHeader=1'),
        WatchRequest: {
          ...message('create_request:WatchCreateRequest=1'),
          oneofs: { request_union: { oneof: ['create_request'] } },
        },
        WatchCreateRequest: message('key:bytes=1', 'range_end:bytes=2', 'start_revision:int64=3', 'prev_kv:bool=6'),
        WatchResponse: message(
          'header:ResponseHeader=1',
          'watch_id:int64=2',
          'created:bool=3',
          'canceled:bool=4',
          'compact_revision:int64=5',
          'cancel_reason:string=6',
          'events:*mvccpb.Event=11',
        ),
        LeaseGrantRequest: message('TTL:int64=1', 'ID:int64=2'),
        LeaseGrantResponse: message('header:ResponseHeader=1', 'ID:int64=2', 'TTL:int64=3', 'error:string=4'),
      },
    },
  },
});

/** Messages as they come: every field is there, absent messages are null. */
export interface EtcdKeyValue {
  key: Buffer;
  create_revision: number;
  mod_revision: number;
  version: number;
  value: Buffer;
}

export interface RangeResponse {
  header: { revision: number };
  kvs: EtcdKeyValue[];
  more: boolean;
}

export interface TxnResponse {
  header: { revision: number };
  succeeded: boolean;
  responses: {
    response_range?: RangeResponse | null;
    response_put?: { prev_kv: EtcdKeyValue | null } | null;
    response_delete_range?: { deleted: number; prev_kvs: EtcdKeyValue[] } | null;
  }[];
}

export interface WatchResponse {
  header: { revision: number };
  created: boolean;
  canceled: boolean;
  compact_revision: number;
  cancel_reason: string;
  events: { type: number; kv: EtcdKeyValue; prev_kv: EtcdKeyValue | null }[];
}

import t from 'tap';
import { encodePerfAttr } from './perf-attr.ts';

t.test('fields are where struct perf_event_attr has them', async (t) => {
  const bytes = Buffer.from(
    encodePerfAttr({
      type: 1,
      config: 10n,
      samplePeriod: 3n,
      sampleType: 1n << 10n,
      wakeupEvents: 5,
      bpType: 3,
      config1: 7n,
      config2: 8n,
      readFormat: 2n,
    }),
  );
  t.equal(bytes.readUInt32LE(0), 1);
  t.equal(bytes.readUInt32LE(4), bytes.length);
  t.equal(bytes.readBigUInt64LE(8), 10n);
  t.equal(bytes.readBigUInt64LE(16), 3n);
  t.equal(bytes.readBigUInt64LE(24), 1024n);
  t.equal(bytes.readBigUInt64LE(32), 2n);
  t.equal(bytes.readBigUInt64LE(40), 0n);
  t.equal(bytes.readUInt32LE(48), 5);
  t.equal(bytes.readUInt32LE(52), 3);
  t.equal(bytes.readBigUInt64LE(56), 7n);
  t.equal(bytes.readBigUInt64LE(64), 8n);
});

t.test('what implies a flag sets it', async (t) => {
  const flags = (attr: Parameters<typeof encodePerfAttr>[0]): bigint =>
    Buffer.from(encodePerfAttr(attr)).readBigUInt64LE(40);
  t.equal(flags({ type: 1, config: 0n, sampleFreq: 99n }), 1n << 10n);
  t.equal(flags({ type: 1, config: 0n, wakeupWatermark: 4096 }), 1n << 14n);
  t.equal(
    flags({ type: 1, config: 0n, flags: ['disabled', 'sample_id_all', 'write_backward'] }),
    1n | (1n << 18n) | (1n << 27n),
  );
});

import t from 'tap';
import { encodeFrame, FrameDecoder } from './frames.ts';

const VALUES = [{ id: 1, big: 2n ** 63n, bytes: Buffer.from([0, 255]) }, 'text', { nested: [{ a: undefined }] }];

t.test('values survive, however the wire cuts them', async (t) => {
  const wire = Buffer.concat(VALUES.map(encodeFrame));
  for (const step of [1, 3, 7, wire.length]) {
    const decoder = new FrameDecoder();
    const got: unknown[] = [];
    for (let at = 0; at < wire.length; at += step) got.push(...decoder.push(wire.subarray(at, at + step)));
    t.match(got, VALUES, `in pieces of ${step}`);
  }
});

t.test('an impossible length is garbage, not patience', async (t) => {
  t.throws(() => new FrameDecoder().push(Buffer.from([255, 255, 255, 255])), /frame of 4294967295 bytes/);
});

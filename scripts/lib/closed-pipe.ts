import { errnoOf } from './errors.ts';

/** What reads the output may end first, as `head` does: the work goes on to its own end, and to its exit code. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: unknown) => {
      if (errnoOf(error) !== 'EPIPE') throw error;
    });
}

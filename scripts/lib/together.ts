/**
 * Runs jobs side by side, at most `limit` at a time, in their order. What one of them throws is thrown when all have
 * ended, so that none goes on after the caller has been told; of several, the first job's.
 */
export async function together<T>(jobs: readonly (() => Promise<T>)[], limit = jobs.length): Promise<T[]> {
  const outcomes: PromiseSettledResult<T>[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < jobs.length; index = next++) {
      const job = jobs[index];
      if (job === undefined) continue;
      try {
        outcomes[index] = { status: 'fulfilled', value: await job() };
      } catch (reason: unknown) {
        outcomes[index] = { status: 'rejected', reason };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, lane));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Where the workbench's cache is until the test is over: no other process locks or changes anything there. */
export function useCacheHome(t: { readonly teardown: (handler: () => void) => unknown }, path: string): void {
  const { XDG_CACHE_HOME: before } = process.env;
  process.env['XDG_CACHE_HOME'] = path;
  t.teardown(() => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  });
}

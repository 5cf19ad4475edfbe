import * as nodeModule from "node:module"

/**
 * Stores compiled code in a folder for temporary files, which makes later starts faster. It covers what is loaded from now
 * on. Node 22.1 and newer support it; users turn it off with NODE_DISABLE_COMPILE_CACHE=1.
 */
export function useCompileCache(): void {
  const { enableCompileCache } = nodeModule as { enableCompileCache?: () => unknown }
  enableCompileCache?.()
}

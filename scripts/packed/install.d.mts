/** Packs this library and installs it in an empty project. Returns the project's path, a new temporary folder. */
export function installPacked(): Promise<string>

/** Environment of a process in which imports of entries in `src` load the library from `project`. */
export function packedEnvironment(project: string): NodeJS.ProcessEnv

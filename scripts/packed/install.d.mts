/** Packs this library and installs it in an empty project, a new temporary folder, whose path it returns. */
export function installPacked(): Promise<string>

/** The environment of a process that gets the library from `project` where a program imports an entry of `src`. */
export function packedEnvironment(project: string): NodeJS.ProcessEnv

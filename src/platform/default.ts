import type { Platform } from "./platform.js"

let chosen: Platform | undefined

/**
 * Selects the platform of contexts that are created without one. Each entry point calls it; only one platform can be
 * selected.
 */
export function choosePlatform(platform: Platform): void {
  if (chosen !== undefined && chosen !== platform) throw new Error("A different platform is already selected")
  chosen = platform
}

/** The platform of the entry point that was imported. */
export function defaultPlatform(): Platform {
  if (chosen === undefined) throw new Error("No platform selected: import an entry point of the library first")
  return chosen
}

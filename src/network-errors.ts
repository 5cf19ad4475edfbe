import type { ErrorTable } from "./errors.js"

export type NetworkErrorCode = keyof typeof NETWORK_ERRORS

/** What only happens outside of browsers. Numbers as on Linux. */
export const NETWORK_ERRORS = {
  EACCES: [13, "Permission denied"],
  EFAULT: [14, "Context is closed"],
  ENODEV: [19, "No such device"],
  ENAMETOOLONG: [36, "File name too long"],
  EMSGSIZE: [90, "Message too long"],
  EAFNOSUPPORT: [97, "Address family not supported by protocol"],
  EADDRNOTAVAIL: [99, "Cannot assign requested address"],
  ECONNABORTED: [103, "Connection aborted"],
  ECONNRESET: [104, "Connection reset by peer"],
  ECONNREFUSED: [111, "Connection refused"],
  ETERM: [156384765, "Context was terminated"],
} as const satisfies ErrorTable

/** Protocol version of the peer: 1.0 without or with a signature, 2.0, 3.0, or 3.1. */
export type Version = "unversioned" | "1.0" | "2.0" | "3.0" | "3.1"

/** Whether peers of this version negotiate a mechanism. Before ZMTP 3.0, peers only exchange routing ids. */
export function negotiatesMechanism(version: Version | undefined): boolean {
  return version === "3.0" || version === "3.1"
}

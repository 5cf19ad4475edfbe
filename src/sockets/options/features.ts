/** What options need of the platform. */
export type Feature = "heartbeats" | "listening" | "multicast" | "security" | "tcp" | "tls"

const supported = new Set<Feature>()

/** From now on the platform has these features. */
export function provideFeatures(features: readonly Feature[]): void {
  for (const feature of features) supported.add(feature)
}

/** The one place that decides whether an option that requires `feature` can be used. */
export function supports(feature: Feature | undefined): boolean {
  return feature === undefined || supported.has(feature)
}

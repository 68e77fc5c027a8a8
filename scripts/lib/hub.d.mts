export interface BuildHub {
  origin: string;
  hosts: string[];
}
export function readHub(text?: string): BuildHub;
export function contentSecurityPolicy(hosts: readonly string[]): string;

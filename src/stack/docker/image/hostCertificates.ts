import { X509Certificate } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { describeError, systemErrorCode } from '../../../base/errors.ts';

/** A certificate authority that this machine trusts, and a fresh Debian does not. */
export interface HostCertificate {
  /** The one line that names it: "CN=Example Root, O=Example". */
  subject: string;
  pem: string;
  /** SHA-256, lower-case hex. */
  fingerprint: string;
  validTo: Date;
  /** Where it was found. */
  source: string;
}

export interface HostCertificates {
  /** In the order of their fingerprints, each once. */
  certificates: HostCertificate[];
  /** What was named or found and cannot be used, one sentence each. */
  faults: string[];
}

/** Where tools are told of a network's certificate authority. */
const variables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'GIT_SSL_CAINFO',
];
/** Where administrators put some beside the system's own: Debian and Alpine, Fedora, SUSE, Arch. */
const folders = [
  '/usr/local/share/ca-certificates',
  '/etc/pki/ca-trust/source/anchors',
  '/etc/pki/trust/anchors',
  '/etc/ca-certificates/trust-source/anchors',
];
const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The certificate authorities that an image build needs on this machine's network: those named by variables, those of
 * the system's folders, and on macOS and Windows the system's store. Without expired ones, without those that are no
 * authority, and without the public ones, which every image has.
 */
export async function findHostCertificates(
  env: Readonly<Record<string, string | undefined>>,
  options: { folders?: readonly string[]; now?: Date } = {},
): Promise<HostCertificates> {
  const { now = new Date() } = options;
  const found = new Map<string, HostCertificate>();
  const faults: string[] = [];
  const known = new Set(tls.rootCertificates.map(body));
  const take = (text: string, source: string, named: boolean): void => {
    const blocks = text.match(pemBlock) ?? [];
    if (blocks.length === 0 && named) faults.push(`${source} has no certificate in PEM form.`);
    for (const pem of blocks) {
      if (known.has(body(pem))) continue;
      known.add(body(pem));
      try {
        const certificate = new X509Certificate(pem);
        if (!certificate.ca) continue;
        const subject = certificate.subject.split('\n').join(', ');
        const validTo = new Date(certificate.validTo);
        if (validTo < now) {
          // A system's bundle may keep old ones; what somebody put there by hand is worth a word.
          if (blocks.length < 20) {
            faults.push(`The certificate "${subject}" in ${source} expired on ${day(validTo)}.`);
          }
          continue;
        }
        const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
        found.set(fingerprint, { subject, pem: `${pem}\n`, fingerprint, validTo, source });
      } catch (error) {
        faults.push(`A certificate in ${source} cannot be read: ${describeError(error)}.`);
      }
    }
  };
  const read = async (path: string, named: boolean, by = ''): Promise<void> => {
    try {
      take(await readFile(path, 'utf8'), path, named);
    } catch (error) {
      const why =
        systemErrorCode(error) === 'ENOENT' ? 'is not there' : `cannot be read: ${describeError(error)}`;
      faults.push(`The certificate file ${path}${by} ${why}.`);
    }
  };

  for (const folder of options.folders ?? folders) {
    for (const path of await certificateFiles(folder)) await read(path, true);
  }
  for (const path of distinct(variables.map((name) => env[name]))) {
    const name = variables.find((variable) => env[variable] === path)!;
    // SSL_CERT_DIR has folders; some name one in the others, too.
    if ((await stat(path).catch(() => undefined))?.isDirectory()) continue;
    await read(path, true, ` that ${name} names`);
  }
  if (process.platform !== 'linux') take(systemStore().join('\n'), "the system's store", false);
  const certificates = [...found.values()].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  return { certificates, faults };
}

/** Only newer versions of Node can read it; the variables do for the others. */
function systemStore(): string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: string) => string[] };
  return getCACertificates?.('system') ?? [];
}

async function certificateFiles(folder: string): Promise<string[]> {
  const items = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return items
    .filter((item) => !item.isDirectory() && /\.(crt|pem|cer)$/.test(item.name))
    .map((item) => join(item.parentPath, item.name))
    .sort();
}

/** What is between the marks, without line breaks: equal for equal certificates. */
function body(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s+/g, '');
}

function distinct(paths: readonly (string | undefined)[]): string[] {
  return [...new Set(paths.filter((path): path is string => path !== undefined && path !== ''))];
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './machine.ts';

async function openssl(folder: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run('openssl', args, { cwd: folder });
  if (code !== 0) throw new Error(`openssl ${args.join(' ')} ended with ${code}: ${stderr}`);
}

/** An authority of its own in `folder`: `ca.pem` and its key. */
export async function makeAuthority(folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes'];
  await openssl(folder, 'req', '-x509', ...newKey, ...subject, '-keyout', 'ca-key.pem', '-out', 'ca.pem');
}

/** `cert.pem` and `key.pem` in `folder`, signed by the authority there; `names` as "DNS:localhost,IP:127.0.0.1". */
export async function makeCertificate(
  folder: string,
  name: string,
  options: { names?: string; days?: number } = {},
): Promise<void> {
  const { names = 'DNS:localhost,IP:127.0.0.1', days = 2 } = options;
  await writeFile(join(folder, 'ext'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  await openssl(folder, 'req', ...newKey, '-nodes', '-subj', `/CN=${name}`, '-keyout', 'k', '-out', 'csr');
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial'];
  await openssl(
    folder,
    'x509',
    '-req',
    '-in',
    'csr',
    ...authority,
    '-days',
    String(days),
    '-extfile',
    'ext',
    '-out',
    'c',
  );
  await rename(join(folder, 'c'), join(folder, 'cert.pem'));
  await rename(join(folder, 'k'), join(folder, 'key.pem'));
}

// Made in milliseconds, unlike RSA.
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

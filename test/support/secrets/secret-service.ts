/** A local service that keeps secrets, and speaks as the vendor's own does. */
export type SecretService = {
  /** Settings that point Sallyport at it, and what the vendor's SDK finds credentials and authority in. */
  env: Record<string, string>;
  /** The certificate that `env` names, for this process to trust. */
  pem: string;
  /** What it keeps, by name. */
  secrets: Map<string, string>;
  /** Names that this caller may not read. */
  denied: Set<string>;
  manners: 'answers' | 'hangs' | 'distrusts';
  stop(): Promise<void>;
};

export type StartSecretService = () => Promise<SecretService>;

/** What the service says of a name. */
export type Found = 'missing' | 'denied' | { value: string };

export const look = ({ secrets, denied }: Pick<SecretService, 'secrets' | 'denied'>, name: string): Found => {
  if (denied.has(name)) return 'denied';
  const value = secrets.get(name);
  return value === undefined ? 'missing' : { value };
};

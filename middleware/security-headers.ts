import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Helmet, with a policy under which the page's own scripts and styles run and nothing else; answers are never cached.
 * Transport security is the proxy's to declare: it alone knows that there is TLS.
 */
export function securityHeaders(): RequestHandler[] {
  const policy = helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  return [
    policy,
    (_req, res, next) => {
      res.set('Cache-Control', 'no-store');
      next();
    },
  ];
}

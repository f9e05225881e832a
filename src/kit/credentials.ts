const CREDENTIAL =
  /TOKEN|SECRET|PASSWORD|CREDENTIAL|ACCESS_KEY|API_KEY|_PROFILE$|^DOCKER_(HOST|CONTEXT|CERT_PATH)$|^KUBECONFIG$|^ARM_|^AWS_|^GOOGLE_/;

/** Whether a variable of this name usually holds, or leads to, a credential (spec 3). */
export const isCredentialName = (name: string): boolean => CREDENTIAL.test(name);

/** `TF_VAR_name` is a value of the variable `name`, to the engine. */
export const VARIABLE_PREFIX = 'TF_VAR_';

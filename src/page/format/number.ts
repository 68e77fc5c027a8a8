export * from '../../lab/format';

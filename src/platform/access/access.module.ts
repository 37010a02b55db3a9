import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { AccessGuard } from './access.guard.js';
import { AccessTokenStrategy } from './access-token.strategy.js';

@Module({})
export class AccessModule {
  static register({ imports = [] }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: AccessModule,
      imports: [PassportModule, ...imports],
      providers: [AccessTokenStrategy, { provide: APP_GUARD, useClass: AccessGuard }],
    };
  }
}

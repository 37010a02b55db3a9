import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Tasks } from './tasks.service.js';

@Module({ imports: [DiscoveryModule], providers: [Tasks] })
export class TasksModule {}

import { Module } from '@nestjs/common';
import { ApiDocument } from './api-document.js';
import { ReferenceController } from './reference.controller.js';

@Module({ controllers: [ReferenceController], providers: [ApiDocument] })
export class ReferenceModule {}
